// The service's numbers in Prometheus' text format: requests, errors, times.

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Of fewer requests the 99th percentile is the slowest one, which says nothing. */
const ENOUGH = 100;

/** Return the samples of a text: name, labels, value. */
export function samples(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const parts = line.startsWith("#") ? null : LINE.exec(line);
    if (!parts) continue;
    const labels = Object.fromEntries([...(parts[2] ?? "").matchAll(LABEL)].map(([, name, value]) => [name, value.replace(/\\(.)/g, "$1")]));
    found.push({ name: parts[1], labels, value: Number(parts[3]) });
  }
  return found;
}

/** Return what the overview shows: totals, quantiles, the same for each route, answers by their source. */
export function readMetrics(text) {
  const all = samples(text);
  const of = (name) => all.filter((one) => one.name === name);
  const requests = of("graphrec_requests_total").filter((one) => one.labels.route.startsWith("/") && !["/metrics", "/health/live", "/health/ready"].includes(one.labels.route));
  const buckets = of("graphrec_request_seconds_bucket");
  const routes = [...new Set(requests.map((one) => one.labels.route))].map((route) => ({
    route,
    count: sum(requests.filter((one) => one.labels.route === route)),
    ...quantiles(buckets.filter((one) => one.labels.route === route)),
  }));
  const counted = new Set(routes.map((one) => one.route));
  return {
    requests: sum(requests),
    errors: sum(requests.filter((one) => one.labels.status.startsWith("5"))),
    ...quantiles(buckets.filter((one) => counted.has(one.labels.route))),
    routes: routes.sort((a, b) => b.count - a.count),
    answers: Object.fromEntries(of("graphrec_answers_total").map((one) => [one.labels.source, one.value])),
  };
}

const sum = (found) => found.reduce((total, one) => total + one.value, 0);

function quantiles(buckets) {
  const counts = new Map();
  for (const { labels, value } of buckets) {
    const edge = labels.le === "+Inf" ? Infinity : Number(labels.le);
    counts.set(edge, (counts.get(edge) ?? 0) + value);
  }
  const steps = [...counts].sort((a, b) => a[0] - b[0]);
  const total = steps.at(-1)?.[1] ?? 0;
  return { p50: quantile(steps, 0.5), p99: total < ENOUGH ? null : quantile(steps, 0.99) };
}

/** Return a quantile from cumulative counts, linear within a bucket, as Prometheus has it. */
export function quantile(steps, share) {
  const total = steps.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  let [low, below] = [0, 0];
  for (const [edge, count] of steps) {
    if (count >= share * total) {
      if (edge === Infinity) return low;
      return low + ((edge - low) * (share * total - below)) / (count - below);
    }
    [low, below] = [edge, count];
  }
  return low;
}
