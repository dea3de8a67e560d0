// How many positions a kernel has: padding, stride and dilation on a row of cells.
import { bar, canvas, choice, note, register, slider, start, tick } from "./shared.js";

/**
 * The size of a map after a convolution along one direction, and which cells each position reads.
 *
 * @param {{size: number, kernel: number, stride: number, padding: number|"valid"|"same", dilation: number,
 *          transposed: boolean}} input
 * @returns {{output: number, before: number, after: number, positions: number[][]}} positions: of a convolution, the
 *          cells of the input under each position (outside it where there is padding); of a transposed one, the cells
 *          of the output that each cell of the input is spread over. An output of 0 has no position.
 */
export function compute({ size, kernel, stride = 1, padding = "valid", dilation = 1, transposed = false }) {
  const reach = (kernel - 1) * dilation + 1;
  let [before, after] = [0, 0];
  if (padding === "same" && !transposed) {
    const lacking = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    [before, after] = [Math.floor(lacking / 2), Math.ceil(lacking / 2)];
  } else if (padding === "same") {
    // What a convolution with padding "same" would have added to the larger side is cut off again.
    const lacking = Math.max(reach - stride, 0);
    [before, after] = [Math.floor(lacking / 2), Math.ceil(lacking / 2)];
  } else if (padding !== "valid") {
    [before, after] = [padding, padding];
  }
  const output = transposed
    ? padding === "same"
      ? size * stride
      : (size - 1) * stride + Math.max(reach, padding === "valid" ? stride : 0) - before - after
    : Math.max(Math.floor((size + before + after - reach) / stride) + 1, 0);
  const positions = Array.from({ length: Math.max(transposed ? size : output, 0) }, (_, position) =>
    Array.from({ length: kernel }, (_, offset) => position * stride + offset * dilation - before),
  );
  return { output: Math.max(output, 0), before, after, positions };
}

register("geometry", compute);

export function mount(key, given) {
  start(key, (stage) => {
    const state = { size: 7, kernel: 3, stride: 2, padding: "same", dilation: 1, transposed: false, ...given };
    let at = 0;
    const said = note(stage, "");
    const draw = canvas(stage, {
      label:
        "A row of input cells with its padding above a row of output cells; lines from one output to what it reads.",
      ratio: () => 190,
      pointer(x) {
        const { output, positions } = compute(state);
        if (Number.isNaN(x) || !positions.length) return;
        at = Math.max(0, Math.min(positions.length - 1, Math.floor(x * positions.length)));
        if (output) draw();
      },
      draw(context, width, height, { ink, faint, mark, muted, positive, paper }) {
        const { output, before, after, positions } = compute(state);
        at = Math.min(at, Math.max(positions.length - 1, 0));
        const [upper, lower] = state.transposed ? [state.size, output] : [before + state.size + after, output];
        const side = Math.min(44, width / Math.max(upper, lower, 1));
        const row = (count, y, edge, text, fill) => {
          const left = (width - count * side) / 2;
          for (let cell = 0; cell < count; cell++) {
            const x = left + cell * side;
            const inside = fill(cell);
            if (inside) {
              context.fillStyle = inside;
              context.fillRect(x + 1, y, side - 2, 40);
            }
            context.strokeStyle = edge(cell);
            context.strokeRect(x + 1, y, side - 2, 40);
            context.fillStyle = inside ? paper : edge(cell) === faint ? muted : ink;
            if (side > 17) context.fillText(text(cell), x + side / 2, y + 20);
          }
          return (cell) => left + (cell + 0.5) * side;
        };
        const reads = positions[at] ?? [];
        const shift = state.transposed ? 0 : before;
        const padded = (cell) => !state.transposed && (cell < before || cell >= before + state.size);
        const from = row(
          upper,
          10,
          (cell) => (padded(cell) ? faint : ink),
          (cell) => (padded(cell) ? "0" : String(cell - shift + 1)),
          (cell) =>
            (state.transposed ? cell === at : reads.includes(cell - shift)) ? (padded(cell) ? muted : mark) : "",
        );
        const to = row(
          lower,
          140,
          () => ink,
          (cell) => String(cell + 1),
          (cell) => ((state.transposed ? reads.includes(cell) : cell === at) ? positive : ""),
        );
        context.strokeStyle = mark;
        for (const cell of reads) {
          if (state.transposed && (cell < 0 || cell >= output)) continue;
          context.beginPath();
          context.moveTo(state.transposed ? from(at) : from(cell + shift), 50);
          context.lineTo(state.transposed ? to(cell) : to(at), 140);
          context.stroke();
        }
      },
    });
    const change = (part) => (value) => {
      state[part] = value;
      tell();
      draw();
    };
    const tell = () => {
      const { output, before, after } = compute(state);
      const zeros =
        state.padding === "valid" || (!before && !after) ? "no padding" : `${before} and ${after} cells of padding`;
      const edge = state.transposed && zeros !== "no padding" ? `${before} and ${after} cells cut off` : zeros;
      said.textContent = output
        ? `${state.size} cells in, ${edge}, ${output} out. Point at one to see what it reads.`
        : "The kernel does not fit: there is no position.";
    };
    const controls = bar(stage);
    slider(controls, { label: "size", min: 1, max: 16, value: state.size, onInput: change("size") });
    slider(controls, { label: "kernel", min: 1, max: 7, value: state.kernel, onInput: change("kernel") });
    slider(controls, { label: "stride", min: 1, max: 6, value: state.stride, onInput: change("stride") });
    slider(controls, { label: "dilation", min: 1, max: 3, value: state.dilation, onInput: change("dilation") });
    choice(controls, {
      label: "padding",
      options: ["valid", "same", "1", "2", "3"],
      value: String(state.padding),
      onInput: (padding) => change("padding")(Number(padding) || padding),
    });
    tick(controls, { label: "transposed", value: state.transposed, onInput: change("transposed") });
    tell();
  });
}
