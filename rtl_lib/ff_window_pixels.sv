// The windows of a beat, from the pixels under all of them: wires.
//
// A row of `taps_i` has `TapColumns` words of `Pixels` pixels of `Width` bits. Of the `Windows` windows, the first tap of
// the first one is pixel `First` of a row, that of the next one `WindowStep` pixels further; the taps of a window lie
// `TapStep` pixels apart. They leave window by window, or, `Interleaved`, kernel row by kernel row and column by column
// those of all windows.
module ff_window_pixels #(
  parameter int Width = 1,
  parameter int Pixels = 1,
  parameter int TapRows = 1,
  parameter int TapColumns = 1,
  parameter int Windows = 1,
  parameter int Columns = 1,
  parameter int First = 0,
  parameter int WindowStep = 0,
  parameter int TapStep = 1,
  parameter bit Interleaved = 1'b0
) (
  // verilator lint_off UNUSEDSIGNAL
  input  logic [TapRows*TapColumns*Pixels*Width-1:0] taps_i,
  // verilator lint_on UNUSEDSIGNAL
  output logic [     Windows*TapRows*Columns*Width-1:0] windows_o
);

  for (genvar w = 0; w < Windows; w++) begin : gen_window
    for (genvar r = 0; r < TapRows; r++) begin : gen_row
      for (genvar c = 0; c < Columns; c++) begin : gen_column
        localparam int From = r * TapColumns * Pixels + First + w * WindowStep + c * TapStep;
        localparam int Tap = r * Columns + c;
        localparam int To = Interleaved ? Tap * Windows + w : w * TapRows * Columns + Tap;
        assign windows_o[To*Width+:Width] = taps_i[From*Width+:Width];
      end
    end
  end

endmodule
