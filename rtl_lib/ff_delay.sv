// Shift register: `data_o` is `data_i` of `Depth` enabled cycles ago; a wire if `Depth` is 0. Has no reset.
module ff_delay #(
  parameter int Width = 1,
  parameter int Depth = 1
) (
  input  logic             clk_i,
  input  logic             enable_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

  if (Depth == 0) begin : gen_wire
    logic unused;
    assign unused = clk_i & enable_i;
    assign data_o = data_i;
  end else begin : gen_registers
    for (genvar i = 0; i < Depth; i++) begin : gen_register
      logic [Width-1:0] data_q;
      if (i == 0) begin : gen_first
        always_ff @(posedge clk_i) if (enable_i) data_q <= data_i;
      end else begin : gen_next
        always_ff @(posedge clk_i) if (enable_i) data_q <= gen_register[i-1].data_q;
      end
    end
    assign data_o = gen_register[Depth-1].data_q;
  end

endmodule
