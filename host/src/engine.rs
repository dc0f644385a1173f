//! The WebAssembly engine: one for all components.

use std::time::Duration;

use miette::{IntoDiagnostic, WrapErr, miette};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How often a busy component is interrupted, so that others get their turn.
pub const TICK: Duration = Duration::from_millis(10);

/// How many instances there can be at once, of all components together.
pub const MAX_INSTANCES: u32 = 1000;

/// Makes the engine; with `fuel` it counts what guests compute, which takes time.
///
/// # Errors
///
/// When the machine lacks the address space for the instances' pool.
pub fn make(fuel: bool) -> miette::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    // A component is a main module and a few small adapters.
    pool.total_component_instances(MAX_INSTANCES)
        .total_core_instances(MAX_INSTANCES * 4)
        .total_memories(MAX_INSTANCES)
        .total_tables(MAX_INSTANCES * 4)
        .total_stacks(MAX_INSTANCES * 4)
        .max_core_instances_per_component(20)
        .max_tables_per_component(20)
        .linear_memory_keep_resident(512 * 1024)
        .table_keep_resident(64 * 1024);

    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .consume_fuel(fuel)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let engine = Engine::new(&config)
        .map_err(|error| miette!("{error:#}"))
        .wrap_err("cannot start the WebAssembly engine")?;
    tick(&engine)?;
    Ok(engine)
}

/// Advances the engine's epoch for as long as the engine lives.
fn tick(engine: &Engine) -> miette::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("epochs".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })
        .into_diagnostic()
        .wrap_err("cannot start a thread")?;
    Ok(())
}
