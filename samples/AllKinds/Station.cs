using System.Globalization;

namespace AllKinds;

/// <summary>All readings so far.</summary>
internal sealed class Station
{
    private readonly Lock _lock = new();
    private readonly List<double> _readings = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(IEnumerable<double> readings)
    {
        lock (_lock)
        {
            _readings.AddRange(readings);
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async Task<double> GetAsync(int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (index < _readings.Count)
                {
                    return _readings[index];
                }

                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    public string Answer(string question)
    {
        lock (_lock)
        {
            return question switch
            {
                "warmest" => _readings.Max().ToString(CultureInfo.InvariantCulture),
                "coldest" => _readings.Min().ToString(CultureInfo.InvariantCulture),
                _ => "No idea",
            };
        }
    }
}
