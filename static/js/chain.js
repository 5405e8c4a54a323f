// Decisions on their way to the server, in their order, and which of them builds on which.

/** A random UUID; crypto.randomUUID is there on HTTPS and on this machine only. */
export function uuid(random = crypto.getRandomValues(new Uint8Array(16))) {
  const bytes = [...random];
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes
    .map(
      (byte, index) =>
        ([4, 6, 8, 10].includes(index) ? "-" : "") + byte.toString(16).padStart(2, "0"),
    )
    .join("");
}

/** Append an entry. What the person decided on is what their own last decision on the card leaves. */
export function append(queue, entry) {
  const before = queue.filter((each) => entry.card && each.card === entry.card);
  const added = { press: uuid(), after: before.at(-1) ?? null, ...entry };
  queue.push(added);
  return added;
}

/** The fields to send, with the version that the decision before has left by now. */
export function fieldsOf({ values, press, after }) {
  const fields = values
    .filter(([name]) => name !== "csrfmiddlewaretoken")
    .map(([name, value]) => [name, name === "version" && after?.version ? after.version : value]);
  return [...fields, ["press", press]];
}

/** Take out what was decided on the strength of an entry, at any remove, and return it. */
export function takeDependants(queue, entry) {
  const lost = new Set([entry]);
  const taken = [];
  for (const each of [...queue]) {
    if (!lost.has(each.after)) continue;
    lost.add(each);
    queue.splice(queue.indexOf(each), 1);
    taken.push(each);
  }
  return taken;
}
