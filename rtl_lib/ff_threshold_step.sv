// Step `Step` of a binary search among thresholds, on one lane: `count_o` = {the count so far, value >= threshold}.
//
// The threshold is word `fold * 2**Step + count` of `File`. It is read into a register together with the step's value;
// step 0 instead reads ahead, at the fold to come (`fold_i` is the next beat's fold in every cycle), and adds no register.
module ff_threshold_step #(
  parameter int Step = 0,
  parameter int Folds = 1,
  parameter int Width = 1,
  parameter bit Signed = 1'b0,
  parameter bit Block = 1'b0,
  parameter File = "",
  localparam int CountWidth = (Step > 0) ? Step : 1,
  localparam int FoldWidth = (Folds > 1) ? $clog2(Folds) : 1
) (
  input  logic                  clk_i,
  input  logic                  enable_i,
  input  logic [ FoldWidth-1:0] fold_i,
  input  logic [     Width-1:0] value_i,
  input  logic [CountWidth-1:0] count_i,
  output logic [     Width-1:0] value_o,
  output logic [        Step:0] count_o
);

  localparam int Depth = Folds << Step;
  localparam int AddressWidth = (Depth > 1) ? $clog2(Depth) : 1;

  logic [AddressWidth-1:0] address;
  logic [Width-1:0] threshold;
  logic reached;

  assign address = AddressWidth'((Step == 0) ? (FoldWidth + Step)'(fold_i) : (FoldWidth + Step)'({fold_i, count_i}));

  ff_rom #(
    .Width(Width),
    .Depth(Depth),
    .File (File),
    .Block(Block)
  ) u_thresholds (
    .clk_i,
    .enable_i ((Step == 0) ? 1'b1 : enable_i),
    .address_i(address),
    .data_o   (threshold)
  );

  assign reached = Signed ? $signed(value_o) >= $signed(threshold) : value_o >= threshold;

  if (Step == 0) begin : gen_first
    logic unused;
    assign unused  = enable_i & count_i[0];
    assign value_o = value_i;
    assign count_o = reached;
  end else begin : gen_register
    logic [Width-1:0] value_q;
    logic [Step-1:0] count_q;
    always_ff @(posedge clk_i) begin
      if (enable_i) begin
        value_q <= value_i;
        count_q <= count_i;
      end
    end
    assign value_o = value_q;
    assign count_o = {count_q, reached};
  end

endmodule
