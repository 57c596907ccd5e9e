// Multiplies the input with a word of a ROM and delays the input by 16 cycles.
module multiply_rom #(
  parameter int Width = 8,
  parameter MemoryFile = "rom.mem"
) (
  input  logic                      clk_i,
  input  logic              [4:0]   address_i,
  input  logic signed [Width-1:0]   x_i,
  output logic signed [2*Width-1:0] product_o,
  output logic        [Width-1:0]   delayed_o
);
  logic signed [Width-1:0] rom [32];
  logic signed [Width-1:0] word_q;
  logic signed [Width-1:0] x_q;
  logic [Width*16-1:0] line_q;

  initial $readmemh(MemoryFile, rom);

  always_ff @(posedge clk_i) begin
    word_q    <= rom[address_i];
    x_q       <= x_i;
    product_o <= word_q * x_q;
    line_q    <= {line_q[Width*15-1:0], x_i};
  end

  assign delayed_o = line_q[Width*16-1:Width*15];
endmodule
