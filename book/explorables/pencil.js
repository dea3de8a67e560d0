// A number that the reader works out with a pencil: what is typed is compared by hash, so that the page holds no answer.

/** What the reader typed as a number: a comma for a point, spaces, thousands, fractions. NaN if it is none. */
export function number(text) {
  const plain = text
    .trim()
    .replace(/[−–]/g, "-")
    .replace(/\s+/g, "")
    .replace(/%$/, "");
  const fraction = plain.split("/");
  if (fraction.length === 2) return part(fraction[0]) / part(fraction[1]);
  return fraction.length === 1 ? part(plain) : NaN;
}

function part(text) {
  const grouped = /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(",", "") : text.replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(grouped) ? Number(grouped) : NaN;
}

/** A value as it is compared: a whole number of units of the last decimal that is asked for. */
export function units(value, decimals) {
  return String(Math.round(value * 10 ** decimals * (1 + 1e-12)) + 0);
}

/** 64 bits of a text, in hexadecimal: two FNV-1a hashes from different beginnings. */
export function hash(text) {
  const half = (begin) => {
    let code = begin;
    for (const letter of text) code = Math.imul(code ^ letter.codePointAt(0), 0x01000193);
    return (code >>> 0).toString(16).padStart(8, "0");
  };
  return half(0x811c9dc5) + half(0x2f0b4a27);
}

export function pencil(key, { salt, decimals, known }) {
  for (const form of document.querySelectorAll(`form[data-pencil="${key}"]`)) {
    if (form.dataset.started) continue;
    form.dataset.started = "yes";
    const [field, button, said] = ["input", "button", "output"].map((tag) => form.querySelector(tag));
    const answer = (event) => {
      event.preventDefault();
      const value = number(field.value);
      const [right, message] = Number.isFinite(value)
        ? (known[hash(`${salt}:${units(value, decimals)}`)] ?? [
            false,
            "Not that. Try again with the numbers written down.",
          ])
        : [false, "Type a number, such as 12, 0.5 or 1/3."];
      said.textContent = `${right ? "✓" : "✗"} ${message}`;
      form.dataset.answer = right ? "right" : "wrong";
    };
    // By hand, not as the form's own submission, which JupyterLab and frames without leave for forms hold back.
    button.addEventListener("click", answer);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") answer(event);
    });
    // Keys belong to the field and the button, not to JupyterLab's shortcuts.
    form.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
    button.disabled = false;
  }
}
