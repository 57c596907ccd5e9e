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
    logic [Depth*Width-1:0] shift_q;
    if (Depth == 1) begin : gen_one
      always_ff @(posedge clk_i) if (enable_i) shift_q <= data_i;
    end else begin : gen_many
      always_ff @(posedge clk_i) if (enable_i) shift_q <= {shift_q[(Depth-1)*Width-1:0], data_i};
    end
    assign data_o = shift_q[(Depth-1)*Width+:Width];
  end

endmodule
