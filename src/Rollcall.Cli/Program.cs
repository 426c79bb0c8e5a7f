using System.CommandLine;

return await new RootCommand("Register services, discover them, call them.").Parse(args).InvokeAsync();
