// Click an activation anywhere: the part of the image that it can see lights up.
import { bar, button, canvas, note, register, slider, start } from "./shared.js";

/**
 * The cells of the input that one activation of a chain of windows depends on, along one direction.
 *
 * @param {{size: number, layers: {kernel: number, stride: number, padding: number}[], layer: number, position: number}}
 *        input layer counts from 1; 0 is the input itself.
 * @returns {{start: number, stop: number, field: number, jump: number}} the range [start, stop) within the input; field
 *          and jump of the layer, as if there were no border.
 */
export function compute({ size, layers, layer, position }) {
  const used = layers.slice(0, layer);
  let [field, jump] = [1, 1];
  for (const { kernel, stride } of used) {
    field += (kernel - 1) * jump;
    jump *= stride;
  }
  const sizes = widths(size, used);
  let [first, stop] = [position, position + 1];
  for (let at = used.length - 1; at >= 0; at--) {
    const { kernel, stride, padding } = used[at];
    // What lies in the padding of this layer is no part of its map.
    first = Math.max(first * stride - padding, 0);
    stop = Math.min((stop - 1) * stride - padding + kernel, sizes[at]);
  }
  return { start: first, stop, field, jump };
}

/** The sizes of the input and of each layer's map. */
function widths(size, layers) {
  const sizes = [size];
  for (const { kernel, stride, padding } of layers)
    sizes.push(Math.floor((sizes.at(-1) + 2 * padding - kernel) / stride) + 1);
  return sizes;
}

register("receptive-field", compute);

export function mount(key, { size, layers: first }) {
  start(key, (stage) => {
    let layers = first.map((layer) => ({ ...layer }));
    const state = { layer: layers.length, position: 0 };
    const said = note(stage, "");
    const centre = () => {
      state.position = Math.floor((widths(size, layers)[state.layer] - 1) / 2);
    };
    centre();
    const line = 46;
    const draw = canvas(stage, {
      label:
        "Rows of activations, the image at the bottom; from one activation the field it sees widens down to the image.",
      ratio: () => (layers.length + 1) * line,
      pointer(x, y, event) {
        if (event.type !== "pointerdown" && !event.buttons) return;
        const row = Math.floor(y * (layers.length + 1));
        state.layer = Math.max(0, Math.min(layers.length, layers.length - row));
        const count = widths(size, layers)[state.layer];
        state.position = Math.max(
          0,
          Math.min(count - 1, Math.floor(((x - 0.5) * size) / (0.98 * spread(state.layer)) + count / 2)),
        );
        tell();
        draw();
      },
      draw(context, width, height, { ink, faint, mark, positive }) {
        const sizes = widths(size, layers);
        const used = layers.slice(0, state.layer);
        let [begin, end] = [state.position, state.position + 1];
        for (let at = state.layer; at >= 0; at--) {
          ranges[at] = [begin, end];
          if (!at) break;
          const { kernel, stride, padding } = used[at - 1];
          [begin, end] = [
            Math.max(begin * stride - padding, 0),
            Math.min((end - 1) * stride - padding + kernel, sizes[at - 1]),
          ];
        }
        for (let at = 0; at <= layers.length; at++) {
          const y = (layers.length - at) * line + 20; // below its name
          const cell = (0.98 * width * spread(at)) / size;
          const left = width / 2 - (sizes[at] * cell) / 2;
          for (let column = 0; column < sizes[at]; column++) {
            const seen = at <= state.layer && column >= ranges[at][0] && column < ranges[at][1];
            const wide = Math.min(cell - 1.5, 26);
            const x = left + (column + 0.5) * cell - wide / 2;
            if (seen) {
              context.fillStyle = at === state.layer ? positive : mark;
              context.fillRect(x, y, wide, line - 24);
            }
            context.strokeStyle = seen ? (at === state.layer ? positive : mark) : faint;
            context.strokeRect(x, y, wide, line - 24);
          }
          context.textAlign = "left";
          context.fillStyle = ink;
          const name = at ? `layer ${at}: kernel ${layers[at - 1].kernel}, stride ${layers[at - 1].stride}` : "image";
          context.fillText(name, 4, y - 9);
          context.textAlign = "center";
        }
      },
    });
    const ranges = [];
    const spread = (at) => layers.slice(0, at).reduce((jump, { stride }) => jump * stride, 1);
    const tell = () => {
      const { start: from, stop, field } = compute({ size, layers, ...state });
      const seen = stop - from;
      const cut = seen < field ? ` (${field} without the border)` : "";
      said.textContent = state.layer
        ? `Click any activation. This one, in layer ${state.layer}, sees ${seen} of ${size} pixels${cut}: ${from + 1} to ${stop}.`
        : "A pixel of the image sees itself. Click higher up.";
    };
    const next = { kernel: 3, stride: 1 };
    const controls = bar(stage);
    slider(controls, {
      label: "kernel",
      min: 1,
      max: 7,
      value: 3,
      onInput: (value) => {
        next.kernel = value;
      },
    });
    slider(controls, {
      label: "stride",
      min: 1,
      max: 3,
      value: 1,
      onInput: (value) => {
        next.stride = value;
      },
    });
    const change = (changed) => {
      if (widths(size, changed).at(-1) < 1 || changed.length > 7)
        return void (said.textContent = "No further layer fits.");
      layers = changed;
      state.layer = layers.length;
      centre();
      tell();
      draw();
    };
    button(controls, "add this layer", () => change([...layers, { ...next, padding: 0 }]));
    button(controls, "remove the last", () => change(layers.slice(0, -1)));
    tell();
  });
}
