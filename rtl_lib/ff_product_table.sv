// Product of two integers of at most 6 bits together, from a table: one LUT6 for each of its bits.
module ff_product_table #(
  parameter int unsigned LeftWidth = 1,
  parameter bit LeftSigned = 1'b0,
  parameter int unsigned RightWidth = 1,
  parameter bit RightSigned = 1'b0,
  localparam int unsigned Width = LeftWidth + RightWidth
) (
  input  logic [ LeftWidth-1:0] left_i,
  input  logic [RightWidth-1:0] right_i,
  output logic [     Width-1:0] product_o
);

  localparam int unsigned Entries = 1 << Width;

  function automatic logic [Entries*Width-1:0] all_products();
    int left, right;
    all_products = '0;
    for (int unsigned i = 0; i < Entries; i++) begin
      left  = int'(i >> RightWidth);
      right = int'(i % (1 << RightWidth));
      if (LeftSigned && left >= (1 << (LeftWidth - 1))) left -= 1 << LeftWidth;
      if (RightSigned && right >= (1 << (RightWidth - 1))) right -= 1 << RightWidth;
      all_products[i*Width+:Width] = Width'(left * right);
    end
  endfunction

  localparam logic [Entries*Width-1:0] Products = all_products();

  assign product_o = Products[{left_i, right_i}*Width+:Width];

`ifndef SYNTHESIS
  initial assert (Width <= 6) else $error("ff_product_table: more than 6 bits");
`endif

endmodule
