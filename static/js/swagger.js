// The API reference under a strict policy: our own files, no inline start-up script.
// The page gives <div id="swagger" data-schema-url="…"> and loads swagger-ui-bundle.js before this.
const host = document.getElementById("swagger");
const night = window.matchMedia("(prefers-color-scheme: dark)");

// Its dark colours hang on a class of its own; ours on data-theme, or on the system where nobody chose.
function follow() {
  const chosen = document.documentElement.dataset.theme;
  document.documentElement.classList.toggle("dark-mode", chosen ? chosen === "dark" : night.matches);
}

if (host) {
  follow();
  night.addEventListener("change", follow);
  document.addEventListener("themechange", follow);
}
if (host && window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: host.dataset.schemaUrl,
    domNode: host,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    tryItOutEnabled: host.dataset.tryIt === "true",
    validatorUrl: null,
  });
}
