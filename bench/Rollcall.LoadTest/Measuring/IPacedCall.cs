namespace Rollcall.LoadTest.Measuring;

/// <summary>One way to call the instances.</summary>
internal interface IPacedCall
{
    /// <summary>Makes one call and checks its answer.</summary>
    /// <exception cref="Exception">It failed.</exception>
    Task CallAsync();
}
