// Output code of a threshold search: `Base + count`, or `Base + Levels - count` if the channel is decreasing.
module ff_threshold_code #(
  parameter int CountWidth = 1,
  parameter int Levels = 1,
  parameter int Base = 0,
  parameter int OutputWidth = 1
) (
  input  logic [ CountWidth-1:0] count_i,
  input  logic                   decreasing_i,
  output logic [OutputWidth-1:0] code_o
);

  logic [OutputWidth-1:0] count;
  assign count  = OutputWidth'(count_i);
  assign code_o = decreasing_i ? OutputWidth'(Base + int'(Levels)) - count : OutputWidth'(Base) + count;

endmodule
