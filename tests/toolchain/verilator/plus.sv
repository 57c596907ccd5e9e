// Adds a constant.
module plus (
  input  logic [7:0] a,
  output logic [7:0] b
);
  assign b = a + 8'd22;
endmodule
