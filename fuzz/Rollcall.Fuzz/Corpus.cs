namespace Rollcall.Fuzz;

/// <summary>The inputs that a run begins with: one file each, beside the program.</summary>
internal static class Corpus
{
    /// <summary>The seeds of a target, ordered by file name.</summary>
    /// <exception cref="DirectoryNotFoundException">There are none.</exception>
    public static List<byte[]> Load(string target)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Corpus", target);
        return [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
    }
}
