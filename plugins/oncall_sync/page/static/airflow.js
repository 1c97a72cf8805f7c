// What Airflow loads into its own UI: a frame around the page, so that the page's content security policy holds for it.
// No sandbox attribute: Airflow puts one on external views, and no link leads out of those.

function OnCall() {
  // Kept from the first rendering on: the page writes its search into this address, which must not load it anew.
  const [address] = globalThis.React.useState(() => new URL(`./${location.search}`, import.meta.url).href);
  const style = { border: 0, display: "block", height: "100%", minHeight: "75vh", width: "100%" };
  return globalThis.React.createElement("iframe", { src: address, style, title: "On call" });
}

// By the name of the plugin's entry: Airflow imports the file once, and looks for the second entry there.
globalThis.AirflowPlugin = globalThis["On call"] = OnCall;
