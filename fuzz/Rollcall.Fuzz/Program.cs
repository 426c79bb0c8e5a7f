return new Rollcall.Fuzz.FuzzCommand(Console.Out, TimeProvider.System).Run(args);
