// Elements, made of text alone: whatever a name or a message holds, nothing of it is ever read as HTML.

/** el("a.quiet", { href: "…", onclick: f }, "text", child, null) */
export function el(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  made.classList.add(...classes);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false && child !== ""));
  return made;
}

/** A name from elsewhere: its writing direction stays its own. */
export const name = (text) => el("bdi", {}, text);

/** Out of Airflow, in a tab of its own. */
export const outside = (href, ...children) => el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);

/** Another page of Airflow, in place of the one that this page may be a part of. */
export const inside = (href, ...children) => el("a", { href, target: "_top" }, ...children);

export const replace = (place, ...children) => place.replaceChildren(...children.flat().filter(Boolean));
