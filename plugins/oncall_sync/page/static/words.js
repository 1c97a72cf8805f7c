// Times and statuses in words. Pure; moments are milliseconds.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NEAR = HOUR; // from here on the end of a shift is counted down

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export const ms = (text) => (text ? Date.parse(text) : null);
export const full = (moment) => exact.format(moment);

/** "17:00" today, "Mon, 17:00" within six days, else "3 Dec, 17:00" */
export function at(moment, now) {
  if (new Date(moment).toDateString() === new Date(now).toDateString()) return clock.format(moment);
  return (Math.abs(moment - now) < 6 * DAY ? weekday : date).format(moment);
}

/** "12 min", "3 h", "2 days" */
export function span(length) {
  const [unit, size] = length < 90 * MINUTE ? ["min", MINUTE] : length < 48 * HOUR ? ["h", HOUR] : ["days", DAY];
  return `${Math.max(1, Math.round(length / size))} ${unit}`;
}

export const ago = (moment, now) => (now - moment < MINUTE ? "just now" : `${span(now - moment)} ago`);

/** {text, tone}: the end of somebody's shift. */
export function until(end, now) {
  if (end === null) return { text: "no end known", tone: "" };
  if (end <= now) return { text: `overdue since ${at(end, now)}`, tone: "bad" };
  if (end - now <= NEAR) return { text: `until ${at(end, now)}, in ${span(end - now)}`, tone: "soon" };
  return { text: `until ${at(end, now)}`, tone: "" };
}

/** In the order of urgency. */
export const KINDS = {
  failed: { word: "Failed", tone: "bad", means: "not right, and a problem says why; nobody was removed" },
  stale: { word: "Not verified", tone: "bad", means: "no run has verified it for three heartbeats" },
  nobody: { word: "Nobody on call", tone: "warn", means: "verified; the group keeps its members, or is disabled" },
  warned: { word: "Warning", tone: "warn", means: "right, with something to fix" },
  waiting: { word: "Waiting", tone: "soon", means: "left to the next run, which follows at once" },
  right: { word: "Verified", tone: "good", means: "Slack's members are the people on call" },
  other: { word: "Unknown", tone: "", means: "a status of another version" },
};

const OF_STATUS = {
  failed: "failed",
  nobody_on_call: "nobody",
  deferred: "waiting",
  superseded: "waiting",
  would_update: "waiting",
  unchanged: "right",
  updated: "right",
};

/** The key in KINDS. stale: not verified for so long that the status says little. */
export function kindOf(status, problems, stale) {
  const kind = OF_STATUS[status] ?? "other";
  if (kind === "failed" || stale) return kind === "failed" ? kind : "stale";
  return kind === "right" && problems.some((each) => each.level !== "info") ? "warned" : kind;
}

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString()} ${number === 1 ? one : many}`;
