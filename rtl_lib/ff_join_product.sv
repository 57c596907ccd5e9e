// Product of signed operands modulo 2**SumWidth, registers behind the operands and behind each product; part of ff_join.
module ff_join_product #(
  parameter int Inputs = 2,
  parameter int OperandWidth = 2,
  parameter int SumWidth = 2
) (
  input  logic                           clk_i,
  input  logic                           enable_i,
  input  logic [Inputs*OperandWidth-1:0] operands_i,
  output logic [           SumWidth-1:0] product_o
);

  for (genvar i = 0; i < Inputs; i++) begin : gen_factor
    // Factor i waits for the product of those before it.
    logic [OperandWidth-1:0] factor;
    logic signed [SumWidth-1:0] product_q;

    ff_delay #(
      .Width(OperandWidth),
      .Depth((i == 0) ? 1 : i)
    ) u_factor (
      .clk_i,
      .enable_i,
      .data_i(operands_i[i*OperandWidth+:OperandWidth]),
      .data_o(factor)
    );

    if (i == 0) begin : gen_first
      assign product_q = SumWidth'($signed(factor));
    end else if (i == 1) begin : gen_second
      always_ff @(posedge clk_i) begin
        if (enable_i) product_q <= SumWidth'($signed(gen_factor[0].factor) * $signed(factor));
      end
    end else begin : gen_next
      always_ff @(posedge clk_i) begin
        if (enable_i) product_q <= SumWidth'(gen_factor[i-1].product_q * $signed(factor));
      end
    end
  end

  assign product_o = gen_factor[Inputs-1].product_q;

endmodule
