# Vivado's commands as far as build.tcl uses them: each records its words; getters answer with what they are asked for.
# Answers that tests change: board_parts, exported, progress, slack.
foreach {name value} {board_parts part exported xilinx.com:hls:echo:1.0 progress 100% slack 0.25} {
    if {![info exists $name]} { set $name $value }
}
foreach command {
    create_project set_property add_files update_ip_catalog update_compile_order apply_bd_automation create_bd_design
    connect_bd_net connect_bd_intf_net assign_bd_address validate_bd_design save_bd_design make_wrapper launch_runs
    wait_on_run open_run report_utilization report_timing_summary
} {
    proc $command {args} [list record_call $command]
}
proc record_call {command} { upvar args words; record $command {*}$words }
foreach getter {get_bd_cells get_bd_pins get_bd_intf_pins get_files get_runs} {
    proc $getter {name} { return $name }
}
proc create_bd_cell {args} { record create_bd_cell {*}$args; return [lindex $args end] }
proc current_project {} { return current_project }
proc current_fileset {} { return current_fileset }
proc get_board_parts {args} { return $::board_parts }
proc get_ipdefs {args} { return $::exported }
proc get_property {name object} {
    switch $name {
        PROGRESS { return $::progress }
        STATS.WNS { return $::slack }
    }
    error "no answer for property $name"
}
