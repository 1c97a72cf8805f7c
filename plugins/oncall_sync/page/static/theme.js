// Airflow's theme: it keeps "light", "dark" or "system" in the browser under this key. Runs before anything is drawn.
"use strict";
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {} // a browser that keeps nothing
    const isDark = chosen === "dark" || (chosen !== "light" && dark.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  follow();
  addEventListener("storage", follow);
  dark.addEventListener("change", follow);
}
