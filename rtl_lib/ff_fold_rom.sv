// Parameters that change from step to step: word `n % Folds` of `File` for step n; with one fold the constant `Value`.
//
// `Late` = 0: `word_o` belongs to the coming step (it is read ahead, so that a step costs no latency).
// `Late` = 1: `word_o` belongs to the latest step, beside registers that the step loads.
module ff_fold_rom #(
  parameter int Width = 1,
  parameter int Folds = 1,
  parameter File = "",
  parameter logic [Width-1:0] Value = '0,
  parameter bit Block = 1'b0,
  parameter bit Late = 1'b0
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             step_i,
  output logic [Width-1:0] word_o
);

  if (Folds == 1) begin : gen_constant
    logic unused;
    assign unused = clk_i & rst_ni & step_i;
    assign word_o = Value;
  end else begin : gen_rom
    localparam int FoldWidth = $clog2(Folds);
    // A block RAM is read ahead and has an output register; LUTs need only the one register.
    localparam bit Ahead = Block || !Late;

    logic [FoldWidth-1:0] fold, fold_next;
    logic [Width-1:0] word;

    ff_fold_counter #(
      .Folds(Folds)
    ) u_counter (
      .clk_i,
      .rst_ni,
      .step_i,
      .fold_o(fold),
      .next_o(fold_next)
    );

    ff_rom #(
      .Width(Width),
      .Depth(Folds),
      .File (File),
      .Block(Block)
    ) u_rom (
      .clk_i,
      .enable_i (Ahead ? 1'b1 : step_i),
      .address_i(Ahead ? fold_next : fold),
      .data_o   (word)
    );

    ff_delay #(
      .Width(Width),
      .Depth((Late && Ahead) ? 1 : 0)
    ) u_output (
      .clk_i,
      .enable_i(step_i),
      .data_i  (word),
      .data_o  (word_o)
    );
  end

endmodule
