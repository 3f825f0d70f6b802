// The API reference: Swagger UI, drawn into #reference from the server's own schema. A key that is
// typed in stays in this page's memory.

const place = document.getElementById("reference");
const urls = new WeakMap();

function urlOf(blob) {
  if (!urls.has(blob)) urls.set(blob, URL.createObjectURL(blob));
  return urls.get(blob);
}

// Swagger UI plays audio from the address that it asked, which would be asked again: with GET, and
// without the key. This gives it the bytes that are here already.
function playable() {
  return {
    wrapComponents: {
      responseBody: (Body, system) => (props) => {
        const isAudio = props.content instanceof Blob && props.contentType?.startsWith("audio/");
        const url = isAudio ? urlOf(props.content) : props.url;
        return system.React.createElement(Body, { ...props, url });
      },
    },
  };
}

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  plugins: [playable],
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 2,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null, // a stranger's service, which would be sent the schema
  syntaxHighlight: { activated: false }, // its colours are not ours
});
