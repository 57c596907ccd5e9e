// Memory with one port to write and one with a registered read, in block RAM or LUTRAM. Instead of the memory `Padding` is
// read where `padding_i` is 1.
//
// What is written in the cycle of a read from the same address must not be used.
module ff_window_memory #(
  parameter int Width = 1,
  parameter int Depth = 2,
  parameter bit Block = 1'b0,
  parameter logic [Width-1:0] Padding = '0,
  localparam int AddressWidth = $clog2(Depth)
) (
  input  logic                    clk_i,
  input  logic                    write_i,
  input  logic [AddressWidth-1:0] write_address_i,
  input  logic [       Width-1:0] write_data_i,
  input  logic                    read_i,
  input  logic                    padding_i,
  input  logic [AddressWidth-1:0] read_address_i,
  output logic [       Width-1:0] read_data_o
);

  logic [Width-1:0] data_q;
  assign read_data_o = data_q;

  if (Block) begin : gen_block
    (* ram_style = "block" *) logic [Width-1:0] memory[Depth];
    always_ff @(posedge clk_i) if (write_i) memory[write_address_i] <= write_data_i;
    always_ff @(posedge clk_i) if (read_i) data_q <= padding_i ? Padding : memory[read_address_i];
  end else begin : gen_lut
    (* ram_style = "distributed" *) logic [Width-1:0] memory[Depth];
    always_ff @(posedge clk_i) if (write_i) memory[write_address_i] <= write_data_i;
    always_ff @(posedge clk_i) if (read_i) data_q <= padding_i ? Padding : memory[read_address_i];
  end

endmodule
