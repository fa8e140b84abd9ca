// Written into the page when it is built: a static page has no other way to know it.
export const API = (process.env.NEXT_PUBLIC_API_URL ?? "").replace(/\/+$/, "");

const PATIENCE_MILLISECONDS = 10000;

async function ask(path) {
  // /health answers 503 with the same body when a part of the backend fails.
  const answer = await fetch(API + path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MILLISECONDS) });
  return answer.json();
}

/** Returns the version, the environment and the health that the API reports. */
export async function look() {
  const [about, health] = await Promise.all([ask("/"), ask("/health")]);
  return { version: about.version, environment: about.environment, health };
}
