// Lanes of a narrow format as integers of `OutputWidth` bits; bipolar bits 0, 1 become -1, +1.
module ff_extend #(
  parameter int Lanes = 1,
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter bit InputBipolar = 1'b0,
  parameter int OutputWidth = 2
) (
  input  logic [ Lanes*InputWidth-1:0] values_i,
  output logic [Lanes*OutputWidth-1:0] values_o
);

  for (genvar p = 0; p < Lanes; p++) begin : gen_lane
    logic [InputWidth-1:0] value;
    assign value = values_i[p*InputWidth+:InputWidth];
    if (InputBipolar && OutputWidth > 1) begin : gen_bipolar
      assign values_o[p*OutputWidth+:OutputWidth] = {{(OutputWidth - 1) {~value[0]}}, 1'b1};
    end else begin : gen_number
      assign values_o[p*OutputWidth+:OutputWidth] = InputSigned ? OutputWidth'($signed(value)) : OutputWidth'(value);
    end
  end

endmodule
