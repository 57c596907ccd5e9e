// Counts steps modulo `Size` and keeps those numbered Start, Start + Stride, Start + 2 * Stride, ...
module ff_window_sampler #(
  parameter int Size = 1,
  parameter int Start = 0,
  parameter int Stride = 1
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic step_i,
  output logic keep_o,
  output logic last_o
);

  if (Size == 1) begin : gen_one
    logic unused;
    assign unused = clk_i & rst_ni & step_i;
    assign last_o = 1'b1;
  end else begin : gen_many
    localparam int CountWidth = $clog2(Size);
    logic [CountWidth-1:0] count_q;
    assign last_o = count_q == CountWidth'(Size - 1);
    always_ff @(posedge clk_i) begin
      if (!rst_ni) count_q <= '0;
      else if (step_i) count_q <= last_o ? '0 : count_q + 1'b1;
    end
  end

  if (Size == 1 || Stride == 1) begin : gen_all
    assign keep_o = 1'b1;
  end else begin : gen_some
    localparam int WaitWidth = $clog2(Stride);
    logic [WaitWidth-1:0] wait_q;
    assign keep_o = wait_q == '0;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) wait_q <= WaitWidth'(Start);
      else if (step_i) wait_q <= last_o ? WaitWidth'(Start) : keep_o ? WaitWidth'(Stride - 1) : wait_q - 1'b1;
    end
  end

endmodule
