// Builds everything the browser loads into static/build/ (never committed).
//   npm run build          once, minified
//   npm run watch          rebuilds style sheet and scripts on change
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(here, "build");
const packages = join(root, "node_modules");
const watching = process.argv.includes("--watch");

/** One <symbol> per name in icons/names.json, strokes inherited by whoever uses it. */
async function buildIcons() {
  const names = JSON.parse(await readFile(join(here, "icons", "names.json"), "utf8"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(join(packages, "lucide-static", "icons", `${name}.svg`), "utf8");
      const body = svg.replace(/[\s\S]*?<svg[\s\S]*?>/, "").replace("</svg>", "").replace(/\s+/g, " ").trim();
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${body}</symbol>`;
    }),
  );
  await writeFile(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

/** The last fallback font: one small file per range of characters, fetched only where the system has no Chinese font. */
async function buildFonts() {
  const source = join(packages, "@fontsource-variable", "noto-sans-sc");
  await mkdir(join(out, "fonts"), { recursive: true });
  const css = await readFile(join(source, "wght.css"), "utf8");
  await writeFile(join(out, "fonts", "fonts.css"), css.replaceAll("./files/", "./"));
  const files = (await readdir(join(source, "files"))).filter((name) => css.includes(name));
  await Promise.all(files.map((name) => cp(join(source, "files", name), join(out, "fonts", name))));
}

/** Source-map comments point to files we do not ship: the hashing of static files would refuse them. */
async function copyWithoutMap(from, to) {
  const text = await readFile(from, "utf8");
  await writeFile(to, text.replace(/\n?\/\/# sourceMappingURL=.*$/gm, "").replace(/\/\*# sourceMappingURL=.*?\*\//g, ""));
}

async function copyVendor() {
  const swagger = join(out, "swagger");
  await mkdir(swagger, { recursive: true });
  const files = ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"];
  await Promise.all(files.map((name) => copyWithoutMap(join(packages, "swagger-ui-dist", name), join(swagger, name))));
  await cp(join(packages, "swagger-ui-dist", "favicon-32x32.png"), join(swagger, "favicon-32x32.png"));
  await cp(join(here, "icons", "mark.svg"), join(out, "mark.svg"));
}

async function buildScripts() {
  const options = {
    entryPoints: { app: join(here, "js", "app.js"), charts: join(here, "js", "charts.js"), swagger: join(here, "js", "swagger.js") },
    outdir: out,
    bundle: true,
    format: "esm",
    target: ["es2022", "safari16.4"],
    minify: !watching,
    legalComments: "linked",
    logLevel: "warning",
  };
  if (!watching) return esbuild.build(options);
  const context = await esbuild.context(options);
  return context.watch();
}

function buildStyles() {
  const cli = join(packages, "@tailwindcss", "cli", "dist", "index.mjs");
  const flags = watching ? ["--watch=always"] : ["--minify"];
  const args = [cli, "--input", join(here, "css", "app.css"), "--output", join(out, "app.css"), ...flags];
  return new Promise((resolve, reject) => {
    const quiet = watching ? "inherit" : "pipe";
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", quiet] });
    let complaint = "";
    child.stderr?.on("data", (chunk) => (complaint += chunk));
    child.on("exit", (code) => (code ? reject(new Error(`The style sheet did not build:\n${complaint}`)) : resolve()));
  });
}

const started = performance.now();
if (!watching) await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const work = [buildIcons(), buildFonts(), copyVendor(), buildScripts(), buildStyles()];
try {
  await Promise.all(work);
  console.log(`static/build is ready (${((performance.now() - started) / 1000).toFixed(1)} s)`);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
