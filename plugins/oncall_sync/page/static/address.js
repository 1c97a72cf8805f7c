// What is searched, sorted and looked up is kept in the address, to be shared and to survive a reload.

const asked = new URLSearchParams(location.search);

export const get = (key) => asked.get(key) ?? "";

/** Also in the address of Airflow's page around this one, where there is one. */
export function set(key, value) {
  if (value) asked.set(key, value);
  else asked.delete(key);
  for (const one of new Set([window, parent])) {
    try {
      one.history.replaceState(one.history.state, "", `${one.location.pathname}${asked.size ? `?${asked}` : ""}`);
    } catch {} // the page around is somebody else's
  }
}
