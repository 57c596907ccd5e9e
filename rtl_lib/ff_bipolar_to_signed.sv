// Bipolar bits 0, 1 as two-bit signed integers -1, +1.
module ff_bipolar_to_signed #(
  parameter int Lanes = 1
) (
  input  logic [  Lanes-1:0] bits_i,
  output logic [2*Lanes-1:0] values_o
);

  for (genvar p = 0; p < Lanes; p++) begin : gen_lane
    assign values_o[2*p+:2] = {~bits_i[p], 1'b1};
  end

endmodule
