// A network built by hand and counted: output shape, parameters and multiply-adds of each layer.
import { bar, button, element, note, register, start } from "./shared.js";

/**
 * Count a chain of layers as labkit's `summarize` does.
 *
 * @param {{input_shape: number[], layers: Object[]}} input each layer has a `kind`: "conv" (filters, kernel, stride,
 *        padding), "pool" (size), "flatten", "global", "dense" (units).
 * @returns {{rows: {output_shape: number[], parameters: number, macs: number}[], parameters: number, macs: number}}
 */
export function compute({ input_shape: inputShape, layers }) {
  let shape = inputShape;
  const found = layers.map((layer) => {
    const row = count(layer, shape);
    shape = row.output_shape;
    return row;
  });
  const total = (part) => found.reduce((sum, row) => sum + row[part], 0);
  return { rows: found, parameters: total("parameters"), macs: total("macs") };
}

function count(layer, shape) {
  const [height, width, channels] = shape;
  if (layer.kind === "conv") {
    const { filters, kernel, stride = 1, padding = "valid" } = layer;
    const side = (size) => (padding === "same" ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1);
    const output = [side(height), side(width), filters];
    const weights = kernel * kernel * channels * filters;
    return { output_shape: output, parameters: weights + filters, macs: weights * output[0] * output[1] };
  }
  if (layer.kind === "pool") {
    const side = (size) => Math.floor((size - layer.size) / layer.size) + 1;
    return { output_shape: [side(height), side(width), channels], parameters: 0, macs: 0 };
  }
  if (layer.kind === "flatten") return { output_shape: [shape.reduce((a, b) => a * b)], parameters: 0, macs: 0 };
  if (layer.kind === "global") return { output_shape: [channels], parameters: 0, macs: 0 };
  const inputs = shape.at(-1);
  return { output_shape: [layer.units], parameters: (inputs + 1) * layer.units, macs: inputs * layer.units };
}

register("counter", compute);

const NEW = {
  conv: { kind: "conv", filters: 32, kernel: 3, stride: 1, padding: "valid" },
  pool: { kind: "pool", size: 2 },
  flatten: { kind: "flatten" },
  global: { kind: "global" },
  dense: { kind: "dense", units: 10 },
};
const NAMES = {
  conv: "convolution",
  pool: "max pooling",
  flatten: "flatten",
  global: "global average",
  dense: "dense",
};
const LIMITS = { filters: 1024, kernel: 11, stride: 4, size: 4, units: 4096 };

export function mount(key, { input_shape: inputShape, layers: first }) {
  start(key, (stage) => {
    let layers = first.map((layer) => ({ ...layer }));
    const said = note(stage, "");
    const list = element("ol");
    list.style.cssText = "list-style: none; padding: 0; margin: 0.4rem 0";
    stage.append(list);
    const comma = (number) => number.toLocaleString("en-US");
    /** Why a layer cannot stand where it is; nothing if it can. */
    const refused = (layer, shape) => {
      if (layer.kind === "dense") return shape.length === 1 ? "" : "flatten the maps first";
      if (shape.length === 1) return "there are no maps any more";
      const { output_shape: output } = count(layer, shape);
      return output[0] < 1 || output[1] < 1 ? "the window is larger than the map" : "";
    };
    const show = () => {
      let [shape, good] = [inputShape, true];
      list.replaceChildren();
      layers.forEach((layer, at) => {
        const problem = good ? refused(layer, shape) : "";
        if (problem) good = false;
        const row = good ? count(layer, shape) : null;
        if (row) shape = row.output_shape;
        list.append(line(layer, at, row, problem));
      });
      if (!good) return void (said.textContent = "A layer does not fit where it stands.");
      const { parameters, macs } = compute({ input_shape: inputShape, layers });
      said.textContent = `In: ${inputShape.join("×")}. In all ${comma(parameters)} parameters and ${comma(macs)} multiply-adds an image.`;
    };
    const line = (layer, at, row, problem) => {
      const item = element("li");
      item.style.cssText =
        "display: flex; flex-wrap: wrap; gap: 0.3rem 0.7rem; align-items: center; padding: 0.35rem 0; border-bottom: 1px solid rgba(128,128,128,0.35)";
      item.append(element("strong", { textContent: NAMES[layer.kind] }));
      for (const part of ["filters", "kernel", "stride", "size", "units"]) {
        if (!(part in layer)) continue;
        const field = element("input", { type: "number", min: 1, max: LIMITS[part], value: layer[part] });
        field.style.cssText = "font: inherit; width: 4.4em; min-height: 1.9rem";
        field.addEventListener("change", () => {
          layer[part] = Math.max(1, Math.min(LIMITS[part], Math.round(Number(field.value)) || 1));
          show();
        });
        item.append(element("label", {}, `${part} `, field));
      }
      if (layer.kind === "conv") {
        const box = element("input", { type: "checkbox", checked: layer.padding === "same" });
        box.addEventListener("change", () => {
          layer.padding = box.checked ? "same" : "valid";
          show();
        });
        item.append(element("label", {}, box, " same size"));
      }
      const text = row
        ? `→ ${row.output_shape.map(comma).join("×")} · ${comma(row.parameters)} parameters · ${comma(row.macs)} multiply-adds`
        : problem
          ? `✗ ${problem}`
          : "";
      const told = element("span", { textContent: text });
      told.style.cssText = "flex: 1 1 14rem; font-variant-numeric: tabular-nums";
      item.append(told);
      button(item, "remove", () => {
        layers.splice(at, 1);
        show();
      }).setAttribute("aria-label", `remove layer ${at + 1}`);
      return item;
    };
    const controls = bar(stage);
    controls.append("add");
    for (const kind of Object.keys(NEW))
      button(controls, NAMES[kind], () => {
        layers.push({ ...NEW[kind] });
        show();
      });
    button(controls, "begin again", () => {
      layers = first.map((layer) => ({ ...layer }));
      show();
    });
    show();
  });
}
