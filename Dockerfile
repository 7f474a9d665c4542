# syntax=docker/dockerfile:1
# One image for web, worker and beat: the command chooses (docker-compose.yml). No compiler, no Node, not root.

FROM node:24-slim AS front
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
# The style sheet holds only the classes that templates, template tags and forms use.
COPY . .
RUN npm run build

FROM python:3.13-slim AS packages
COPY requirements/base.txt /
# Wheels only; the one package that is published as source alone is pure Python.
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --no-binary lunar-python -r /base.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BIND=0.0.0.0:8000
RUN useradd --create-home --uid 10001 loyalty
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=front /app/static/build static/build
# Neither step needs a database; the key lives for this one line.
RUN export SECRET_KEY=only-while-building-the-image-0123456789-abcdefghijklmnop \
 && python manage.py compile_messages \
 && python manage.py collectstatic --noinput \
 && install --directory --owner=loyalty var/media
USER loyalty
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "--config", "loyalty_platform/gunicorn.py", "loyalty_platform.wsgi"]
