// Looks up one element: `code_o` is word `offset_i + value_i - Low` of `File`, a register later.
module ff_table_lane #(
  parameter int InputWidth = 1,
  parameter bit InputSigned = 1'b0,
  parameter logic signed [63:0] Low = 0,
  parameter int Entries = 2,
  parameter int Width = 1,
  parameter bit Block = 1'b0,
  parameter File = "",
  localparam int AddressWidth = (Entries > 1) ? $clog2(Entries) : 1
) (
  input  logic                    clk_i,
  input  logic                    enable_i,
  input  logic [AddressWidth-1:0] offset_i,
  input  logic [  InputWidth-1:0] value_i,
  output logic [       Width-1:0] code_o
);

  logic [AddressWidth-1:0] value;
  assign value = InputSigned ? AddressWidth'($signed(value_i)) : AddressWidth'(value_i);

  ff_rom #(
    .Width(Width),
    .Depth(Entries),
    .File (File),
    .Block(Block)
  ) u_table (
    .clk_i,
    .enable_i,
    .address_i(value + (offset_i - AddressWidth'(Low))),
    .data_o   (code_o)
  );

endmodule
