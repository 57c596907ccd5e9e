// Control of a pipeline of `Depth` >= 1 registers, the last of which is this module's output.
//
// All registers of the pipeline advance together while `enable_o` is 1. `valid_i` says that something enters the first
// register in this cycle; `result_i` must belong to what entered `Depth - 1` enabled cycles ago. With `Skid` the output
// has two entries and `enable_o` is a register (the output has room), never a function of `out_ready_i` in the same cycle.
// Without, the output is half as large, for readers whose `ready` is a register.
module ff_pipeline #(
  parameter int Width = 1,
  parameter int Depth = 1,
  parameter bit Skid = 1'b1
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  output logic             enable_o,
  input  logic [Width-1:0] result_i,
  output logic [Width-1:0] out_data_o,
  output logic             out_valid_o,
  input  logic             out_ready_i
);

  logic result_valid;

  if (Depth == 1) begin : gen_one
    assign result_valid = valid_i;
  end else begin : gen_many
    logic [Depth-2:0] valid_q, valid_d;
    assign result_valid = valid_q[Depth-2];
    if (Depth == 2) begin : gen_two
      assign valid_d = valid_i;
    end else begin : gen_shift
      assign valid_d = {valid_q[Depth-3:0], valid_i};
    end
    always_ff @(posedge clk_i) begin
      if (!rst_ni) valid_q <= '0;
      else if (enable_o) valid_q <= valid_d;
    end
  end

  if (Skid) begin : gen_skid
    ff_skid #(
      .Width(Width)
    ) u_skid (
      .clk_i,
      .rst_ni,
      .in_data_i (result_i),
      .in_valid_i(result_valid),
      .in_ready_o(enable_o),
      .out_data_o,
      .out_valid_o,
      .out_ready_i
    );
  end else begin : gen_register
    logic [Width-1:0] data_q;
    logic             data_valid_q;
    assign enable_o    = out_ready_i | ~data_valid_q;
    assign out_data_o  = data_q;
    assign out_valid_o = data_valid_q;
    always_ff @(posedge clk_i) if (enable_o) data_q <= result_i;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) data_valid_q <= 1'b0;
      else if (enable_o) data_valid_q <= result_valid;
    end
  end

`ifndef SYNTHESIS
  initial assert (Depth >= 1) else $error("ff_pipeline: Depth must be at least 1");
`endif

endmodule
