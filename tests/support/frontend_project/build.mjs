// A frontend that is built in no time, and is as large as it is told to be.
import { mkdirSync, writeFileSync } from "node:fs";

const { NEXT_PUBLIC_API_URL = "", PAGE_TEXT = "a page", FILLING_MEGABYTES = "0", FAIL = "" } = process.env;
if (FAIL) {
  console.error(`Type error: ${FAIL}`);
  process.exit(3);
}
mkdirSync("out/assets", { recursive: true });
writeFileSync("out/assets/app.js", `const api = ${JSON.stringify(NEXT_PUBLIC_API_URL)};\n`);
writeFileSync(
  "out/index.html",
  `<!doctype html><html lang="en"><title>Small</title><p>${PAGE_TEXT}</p><script src="/assets/app.js"></script></html>\n`,
);
writeFileSync("out/404.html", "<!doctype html><html lang=\"en\"><title>Nothing</title></html>\n");
for (let number = 0; number < Number(FILLING_MEGABYTES); number += 1) {
  writeFileSync(`out/assets/filling-${number}.bin`, Buffer.alloc(1 << 20, number % 256));
}
