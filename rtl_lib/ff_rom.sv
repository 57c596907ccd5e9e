// Read-only memory with a registered read, loaded with $readmemh from `File`, in block RAM or in LUTs.
`ifdef YOSYS
(* keep_hierarchy *)
`endif
module ff_rom #(
  parameter int Width = 1,
  parameter int Depth = 2,
  parameter File = "",
  parameter bit Block = 1'b0,
  localparam int AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                    clk_i,
  input  logic                    enable_i,
  input  logic [AddressWidth-1:0] address_i,
  output logic [       Width-1:0] data_o
);

  logic [Width-1:0] data_q;
  assign data_o = data_q;

  // Without a file (the default parameters, never an instance) nothing drives the memory.
  // verilator lint_off UNDRIVEN
  if (Block) begin : gen_block
    (* rom_style = "block" *) logic [Width-1:0] memory[Depth];
    if (File != "") begin : gen_load
      initial $readmemh(File, memory);
    end
    always_ff @(posedge clk_i) if (enable_i) data_q <= memory[address_i];
  end else begin : gen_lut
    // Yosys has "distributed" for writable memories only.
`ifdef YOSYS
    (* rom_style = "logic" *)
`else
    (* rom_style = "distributed" *)
`endif
    logic [Width-1:0] memory[Depth];
    if (File != "") begin : gen_load
      initial $readmemh(File, memory);
    end
    always_ff @(posedge clk_i) if (enable_i) data_q <= memory[address_i];
  end
  // verilator lint_on UNDRIVEN

endmodule
