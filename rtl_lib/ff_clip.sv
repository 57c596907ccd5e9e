// Clips a signed integer to Low .. High, which fit into `OutputWidth` bits (as a bit pattern).
module ff_clip #(
  parameter int InputWidth = 2,
  parameter int OutputWidth = 1,
  parameter logic signed [63:0] Low = 0,
  parameter logic signed [63:0] High = 1
) (
  input  logic signed [ InputWidth-1:0] value_i,
  output logic        [OutputWidth-1:0] value_o
);

  logic signed [63:0] value;
  assign value = 64'(value_i);

  assign value_o = OutputWidth'((value < Low) ? Low : (value > High) ? High : value);

endmodule
