// A block RAM of 1024 words of 18 bits, a distributed RAM of 64 words of 7 bits, and an adder of 16 bits.
module memories (
  input  logic        clk_i,
  input  logic        write_i,
  input  logic [9:0]  address_i,
  input  logic [17:0] data_i,
  output logic [17:0] block_o,
  output logic [6:0]  small_o,
  output logic [15:0] sum_o
);
  (* ram_style = "block" *) logic [17:0] block [1024];
  (* ram_style = "distributed" *) logic [6:0] small [64];

  always_ff @(posedge clk_i) begin
    if (write_i) block[address_i] <= data_i;
    block_o <= block[address_i];
  end

  always_ff @(posedge clk_i) begin
    if (write_i) small[address_i[5:0]] <= data_i[6:0];
  end
  assign small_o = small[address_i[5:0]];

  always_ff @(posedge clk_i) sum_o <= data_i[15:0] + {6'b0, address_i};
endmodule
