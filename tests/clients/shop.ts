// A shop that calls the service by a client made from docs/openapi.json; tests/service/test_javascript.py makes it and runs this.
import { addEvents, recommend } from "./api";
import { client } from "./api/client.gen";

declare const process: { argv: string[] };

async function main(): Promise<void> {
  client.setConfig({ baseUrl: process.argv[2] });
  const { data } = await recommend({ path: { user: "anna" }, query: { k: 2, exclude: ["5"] } });
  const titles = data?.items.map((item) => item.title);
  const event = { user_id: "anna", type: "RATED", item_id: "5", key: "order 7" };
  const stored = await addEvents({ body: { events: [event] } });
  const { error, response } = await recommend({ path: { user: "ana" } });
  console.log(JSON.stringify({ titles, stored: stored.data, status: response?.status, hint: error?.hint }));
}

void main();
