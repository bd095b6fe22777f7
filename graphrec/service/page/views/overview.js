import { head } from "../parts/page_head.js";
import { put } from "../parts/dom.js";
export async function show(root) { put(root, head("Overview")); return {}; }
