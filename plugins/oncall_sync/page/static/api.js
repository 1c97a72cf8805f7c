// Airflow's public REST API, with the viewer's own session: Airflow decides what they may see and do.

export const ROOT = new URL("../", document.baseURI);
export const SYNC = "oncall_sync";
export const HISTORY = "oncall_history";
const CHECK = "oncall_check";

export class Refused extends Error {
  /** status: of HTTP, 0 where Airflow did not answer. */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, query = {}, body = undefined) {
  const url = new URL(`api/v2/${path}`, ROOT);
  url.search = new URLSearchParams(query);
  const sent = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  for (let wait = 500; !answer || (answer.status === 503 && wait < 5_000); wait *= 2) {
    if (answer) await new Promise((done) => setTimeout(done, wait)); // busy, and nothing was done: ask again
    answer = await fetch(url, body === undefined ? {} : sent).catch(() => {
      throw new Refused(0, "Airflow does not answer.");
    });
  }
  if (answer.ok) return answer.json();
  const refusal = await answer.json().catch(() => ({}));
  const why = typeof refusal.detail === "string" ? refusal.detail : JSON.stringify(refusal.detail ?? answer.statusText);
  throw new Refused(answer.status, why);
}

/** What a promise comes to; `otherwise` where Airflow has nothing there, or nothing for this viewer. */
export const unless = (promise, otherwise) =>
  promise.catch((error) => {
    if ([403, 404].includes(error.status)) return otherwise;
    throw error;
  });

const part = encodeURIComponent;
const xcoms = (dag, run, task) => `dags/${dag}/dagRuns/${part(run)}/taskInstances/${task}/xcomEntries`;
const value = async (dag, run, task, key) => (await ask(`${xcoms(dag, run, task)}/${key}`, { deserialize: true })).value;

/** Newest first: [{dag_run_id, state, run_type, conf, start_date, …}] */
export const runs = async (dag = SYNC, query = {}) =>
  (await ask(`dags/${dag}/dagRuns`, { limit: 20, order_by: "-id", ...query })).dag_runs;

export const run = (id, dag = SYNC) => ask(`dags/${dag}/dagRuns/${part(id)}`);

/** Of a run, what `report` returned; null where it came to none. */
export const report = (id) => unless(value(SYNC, id, "report", "return_value"), null);

/** The newest report of a full run with writes, which is "now": {run: its ID, report}; null before the first. */
export async function now() {
  const found = await ask(xcoms(SYNC, "~", "report"), { xcom_key: "state", order_by: "-timestamp", limit: 1 });
  const newest = found.xcom_entries[0];
  return newest ? { run: newest.run_id, report: await value(SYNC, newest.run_id, "report", "state") } : null;
}

export const dag = (id = SYNC) => unless(ask(`dags/${id}`), null);

/** What oncall_check knows: the names behind the IDs, and who is next; null where it never ran. */
export async function checked() {
  const newest = (await unless(runs(CHECK, { limit: 5 }), [])).find((each) => each.end_date);
  return newest ? unless(value(CHECK, newest.dag_run_id, "check_everything", "return_value"), null) : null;
}

/** Whether the viewer may trigger a Dag: no endpoint says so, but a dry run asks for the right, and starts nothing. */
export async function mayTrigger(id = SYNC) {
  const once = "2000-01-01T00:00:00Z";
  try {
    await ask("backfills/dry_run", {}, { dag_id: id, from_date: once, to_date: once });
  } catch (error) {
    return [400, 422].includes(error.status); // it may, but Airflow would not backfill this
  }
  return true;
}

export const trigger = (conf, id = SYNC, logicalDate = null) =>
  ask(`dags/${id}/dagRuns`, {}, { logical_date: logicalDate, conf });

export const backfill = (from, to) =>
  ask("backfills", {}, { dag_id: HISTORY, from_date: from, to_date: to, reprocess_behavior: "failed" });

/** The real changes of one group, or of all, newest first: {asset_events: [{timestamp, extra, source_run_id}], total_entries} */
export async function changes(handle, offset) {
  const query = { order_by: "-timestamp", offset, limit: 50 };
  if (!handle) return ask("assets/events", { ...query, name_prefix_pattern: "slack_usergroup_" });
  const asset = `slack_usergroup_${handle}`; // Airflow finds names by their beginning; another's may begin like this
  // Airflow calls an asset active only some time after its first event.
  const { assets } = await ask("assets", { name_prefix_pattern: asset, only_active: false, order_by: "name", limit: 100 });
  const found = assets.find((each) => each.name === asset);
  return found ? ask("assets/events", { ...query, asset_id: found.id }) : { asset_events: [], total_entries: 0 };
}

/** What oncall_history found for the UTC day of an instant; null where no run read that day. */
export async function shiftsOf(day, nextDay) {
  const found = await runs(HISTORY, { logical_date_gte: day, logical_date_lt: nextDay, state: "success", limit: 1 });
  return found.length ? unless(value(HISTORY, found[0].dag_run_id, "fetch_shifts", "return_value"), null) : null;
}
