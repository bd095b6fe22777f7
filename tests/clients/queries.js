// Run queries with the JavaScript driver and plain numbers.
// stdin: {uri, username, password, queries: [{name, query, parameters}]}; stdout: name → {keys, rows} or {error}.
import { readFileSync } from "node:fs";
import neo4j from "neo4j-driver";

const { uri, username, password, queries } = JSON.parse(readFileSync(0, "utf-8"));
const driver = neo4j.driver(uri, neo4j.auth.basic(username, password), { disableLosslessIntegers: true });
const found = {};
for (const { name, query, parameters } of queries) {
  try {
    const { keys, records } = await driver.executeQuery(query, parameters);
    found[name] = { keys, rows: records.map((record) => record.toObject()) };
  } catch (error) {
    found[name] = { error: error.message };
  }
}
await driver.close();
console.log(JSON.stringify(found));
