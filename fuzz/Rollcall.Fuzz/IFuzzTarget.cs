namespace Rollcall.Fuzz;

/// <summary>Code under test that takes bytes of a stranger. Used by one thread.</summary>
internal interface IFuzzTarget
{
    /// <summary>Its name on the command line, and that of its folder in the corpus.</summary>
    string Name { get; }

    /// <summary>Pieces that inputs are made of; mutations put them in.</summary>
    IReadOnlyList<string> Tokens { get; }

    /// <summary>Runs one input.</summary>
    /// <returns>What kind of outcome it was: inputs with outcomes of a new kind are mutated further.</returns>
    /// <exception cref="Exception">A fault: an exception that the code does not document, or <see cref="BrokenInvariantException"/>.</exception>
    int Run(byte[] input);
}
