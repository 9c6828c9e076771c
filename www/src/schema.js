// What the fields of Kubernetes' kinds mean, in upstream's words; one file for each API package, loaded when first asked.

const packages = new Map();

/** The description of a struct's field, or of the struct where `field` is empty: `("api.core.v1.ServicePort", "port")`. */
export async function description(owner, field) {
  const dot = owner.lastIndexOf(".");
  if (dot < 0) return "";
  const struct = (await load(owner.slice(0, dot)))[owner.slice(dot + 1)];
  return (field ? struct?.fields?.[field] : struct?.description) ?? "";
}

function load(name) {
  if (!packages.has(name)) packages.set(name, read(name));
  return packages.get(name);
}

async function read(name) {
  try {
    const answer = await fetch(new URL(`../schema/${name}.json`, import.meta.url));
    return answer.ok ? await answer.json() : {};
  } catch {
    // Without a network there are no descriptions; the next visit asks again.
    packages.delete(name);
    return {};
  }
}
