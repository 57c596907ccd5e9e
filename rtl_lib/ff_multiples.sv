// Registers of `Lanes` inputs and of their multiples that rows of products share: 3 * input and -input for products made
// of LUTs (`Triples`), -input for bipolar weights (`Negatives` alone). What is not asked for is zero.
module ff_multiples #(
  parameter int Lanes = 1,
  parameter int Width = 1,
  parameter bit Signed = 1'b0,
  parameter bit Triples = 1'b0,
  parameter bit Negatives = 1'b0
) (
  input  logic                       clk_i,
  input  logic                       enable_i,
  input  logic [    Lanes*Width-1:0] inputs_i,
  output logic [    Lanes*Width-1:0] inputs_o,
  output logic [Lanes*(Width+2)-1:0] triples_o,
  output logic [Lanes*(Width+1)-1:0] negatives_o
);

  logic [Lanes*(Width+2)-1:0] triples;
  logic [Lanes*(Width+1)-1:0] negatives;

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [Width-1:0] x;
    logic signed [Width+1:0] extended;
    assign x        = inputs_i[l*Width+:Width];
    assign extended = Signed ? (Width + 2)'($signed(x)) : (Width + 2)'(x);
    assign triples[l*(Width+2)+:Width+2]   = Triples ? extended + (extended <<< 1) : '0;
    assign negatives[l*(Width+1)+:Width+1] = Negatives ? (Width + 1)'(-extended) : '0;
  end

  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      inputs_o    <= inputs_i;
      triples_o   <= triples;
      negatives_o <= negatives;
    end
  end

endmodule
