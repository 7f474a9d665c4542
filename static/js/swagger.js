// The API reference under a strict policy: our own files, no inline start-up script.
// The page gives <div id="swagger" data-schema-url="…"> and loads swagger-ui-bundle.js before this.
const host = document.getElementById("swagger");
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
