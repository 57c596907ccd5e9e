// Number of ones among up to 3 (Group 3) or 6 (Group 6) bits: one LUT6 an output bit.
module ff_count_ones #(
  parameter int Group = 6,
  localparam int CountWidth = (Group == 6) ? 3 : 2
) (
  input  logic [     Group-1:0] bits_i,
  output logic [CountWidth-1:0] count_o
);

  // Logic instead of `+`, which would become carry chains.
  function automatic logic [1:0] count3(input logic [2:0] bits);
    count3 = {(bits[0] & bits[1]) | (bits[2] & (bits[0] | bits[1])), ^bits};
  endfunction

  if (Group == 6) begin : gen_six
    logic [1:0] low, high;
    logic carry;
    assign low     = count3(bits_i[2:0]);
    assign high    = count3(bits_i[5:3]);
    assign carry   = low[0] & high[0];
    assign count_o = {count3({low[1], high[1], carry}), low[0] ^ high[0]};
  end else begin : gen_three
    assign count_o = count3(bits_i);
  end

endmodule
