#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| duebell_fuzz_checks::grip(input));
