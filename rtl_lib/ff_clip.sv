// Clips a signed integer to Low .. High, which fit into `OutputWidth` bits (as a bit pattern).
module ff_clip #(
  parameter int unsigned InputWidth = 2,
  parameter int unsigned OutputWidth = 1,
  parameter logic signed [63:0] Low = 0,
  parameter logic signed [63:0] High = 1
) (
  input  logic signed [ InputWidth-1:0] value_i,
  output logic        [OutputWidth-1:0] value_o
);

  logic signed [63:0] value;
  assign value = 64'(value_i);

  always_comb begin
    if (value < Low) value_o = Low[OutputWidth-1:0];
    else if (value > High) value_o = High[OutputWidth-1:0];
    else value_o = value[OutputWidth-1:0];
  end

endmodule
